require 'set'
require_relative 'lib/store'

# Names things.
module Acme
  LIMIT = 3

  # A service.
  class Service < Base
    include Loud

    def initialize(repo)
      @repo = Repo.new(1)
      @other = repo
    end

    def find(id, *rest)
      return helper(id) if id && rest || id
      rest.each { |x| x.ping }
      @repo.load(id)
      case id
      when 1 then run
      else stop()
      end
      begin
        Store.open(id)
      rescue IOError => e
        e.show
      end
      id > 1 ? Service.new(id) : self.class.build(id)
    end

    def self.build(id)
      new_one = Service.new(id)
      new_one.find(1)
    end

    private

    def helper(x); end
  end
end

def top; Acme::Service.build(1); end

get '/items/:id' do
  top
end

top if __FILE__ == $0
